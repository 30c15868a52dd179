package dev.pirn.weaver;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Class files with bytes changed, or cut off: said to be so, whatever of them is damaged. */
class DamagedFilesTest {
    private static final int FILES = Boolean.getBoolean("pirn.long") ? 15_000 : 2_000;

    private final Map<String, byte[]> plain = EchoClasses.all();
    private final List<String> names = EchoClasses.names(plain);

    @Test
    void saysSoAndDoesNotThrow() {
        long start = Long.getLong("pirn.seed", System.nanoTime());
        int count = System.getProperty("pirn.seed") == null ? FILES : 1;
        int errors = 0;
        var unclear = new ArrayList<String>();
        for (long seed = start; seed < start + count; seed++) {
            String again = "replay: -Dtest=DamagedFilesTest -Dpirn.seed=" + seed;
            String said = said(seed, again);
            if (said.contains(": error: ")) errors++;
            if (said.contains("the weaver failed")) unclear.add(again + ": " + said);
        }
        // A damage that neither the class file library nor its verifier sees is rare.
        assertTrue(unclear.size() <= count / 500, unclear::toString);
        assertTrue(count == 1 || errors > count / 4, errors + " errors");
    }

    private String said(long seed, String again) {
        var random = new Random(seed);
        var damaged = new HashMap<>(plain);
        String name = names.get(random.nextInt(names.size()));
        damaged.put(name, damage(plain.get(name), random));
        try {
            return EchoClasses.said(EchoClasses.weave(names, damaged));
        } catch (RuntimeException | Error e) {
            throw new AssertionError(again + ": " + name, e);
        }
    }

    private static byte[] damage(byte[] bytes, Random random) {
        if (random.nextInt(10) == 0) return Arrays.copyOf(bytes, random.nextInt(bytes.length));
        byte[] damaged = bytes.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        return damaged;
    }
}
