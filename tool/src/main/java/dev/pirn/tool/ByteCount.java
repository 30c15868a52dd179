package dev.pirn.tool;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes, as {@code 96M}: {@code k M G T} are powers of 1024. */
final class ByteCount implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,18})([kKmMgGtT]?)");
    private static final String SUFFIXES = "kmgt";

    private ByteCount() { }

    @Override
    public Long convert(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) throw refused(text);
        int shift = 10 * (1 + SUFFIXES.indexOf(form.group(2).toLowerCase()));
        long number = Long.parseLong(form.group(1));
        if (form.group(2).isEmpty()) return number;
        if (number > Long.MAX_VALUE >> shift) throw refused(text);
        return number << shift;
    }

    private static TypeConversionException refused(String text) {
        return new TypeConversionException("a size is a number of bytes, or of k, M, G or T: " + text);
    }
}
