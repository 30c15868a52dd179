package dev.pirn.tool.img;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "512, 512", "1k, 1024", "1K, 1024", "10b, 10", "1.5M, 1572864", "0x10, 16",
        "8191P, 9222246136947933184", "0.5k, 512", "1.9999k, 2047"})
    void numbersThatPeopleWrite(String text, long bytes) {
        assertEquals(bytes, Sizes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5", "k", "10x", "1 k", "8E", "9223372036854775808", "1e3", "0x"})
    void whatIsNoNumberOfBytes(String text) {
        assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text));
    }

    /** What {@code qemu-img info} prints of them. */
    @ParameterizedTest
    @CsvSource({"0, 0 B", "512, 512 B", "999, 999 B", "1000, 0.98 KiB", "1536, 1.5 KiB", "200704, 196 KiB",
        "1023999, 1000 KiB", "10739318784, 10 GiB", "1099511627776, 1 TiB", "123456789, 118 MiB"})
    void threeDigits(long bytes, String shown) {
        assertEquals(shown, Sizes.shown(bytes));
    }
}
