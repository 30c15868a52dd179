package dev.pirn.tool.img;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes, as people write them and as they are shown. */
final class Sizes implements ITypeConverter<Long> {
    private static final String UNITS = "BKMGTPE";
    private static final int UNIT_BITS = 10;
    private static final int HEX = 16;
    private static final Pattern FORM =
            Pattern.compile("(0[xX][0-9a-fA-F]+|[0-9]+(?:\\.[0-9]+)?)([bBkKmMgGtTpPeE]?)");
    /** From this on a number is shown in the next unit: 1000 of them would have four digits. */
    private static final int SHOWN_MAX = 1000;

    Sizes() { }

    @Override
    public Long convert(String text) {
        try {
            return parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /**
     * Reads a number of bytes: decimal, hexadecimal with {@code 0x}, with a fraction if a suffix follows.
     *
     * @throws IllegalArgumentException if it is none, or more than 2⁶³ − 1
     */
    static long parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) throw wrong(text);
        String digits = form.group(1);
        int unit = Math.max(0, UNITS.indexOf(form.group(2).toUpperCase(Locale.ROOT)));
        if (digits.contains(".") && unit == 0) throw wrong(text);
        try {
            boolean hex = digits.startsWith("0x") || digits.startsWith("0X");
            var number = hex ? BigDecimal.valueOf(Long.parseLong(digits.substring(2), HEX))
                    : new BigDecimal(digits);
            var bytes = number.multiply(BigDecimal.valueOf(1L << unit * UNIT_BITS));
            return bytes.setScale(0, RoundingMode.DOWN).longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException("more than 2^63 - 1 bytes: " + text);
        }
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException("not a number of bytes, nor one with a suffix k, M, G, T, P or "
                + "E: " + text);
    }

    /** Three digits and a unit, as {@code qemu-img info} shows sizes: {@code 1.5 GiB}. */
    static String shown(long bytes) {
        int unit = 0;
        while (unit < UNITS.length() - 1 && bytes >>> unit * UNIT_BITS >= SHOWN_MAX) unit++;
        double number = bytes / (double) (1L << unit * UNIT_BITS);
        double scale = number >= 100 ? 1 : number >= 10 ? 10 : 100;
        String digits = Double.toString(Math.rint(number * scale) / scale).replaceFirst("\\.0$", "");
        return digits + " " + (unit == 0 ? "" : UNITS.charAt(unit) + "i") + "B";
    }
}
