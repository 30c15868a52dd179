package dev.pirn.nbd;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kept inputs, and some hundred mutations of them: Jazzer without its coverage, for a second each. */
class FuzzTest {
    private static final Path CORPUS = Path.of("src/fuzz/corpus");
    private static final Path FAILED = Path.of("target/fuzz");
    private static final int RUNS = Boolean.getBoolean("pirn.long") ? 50_000 : 400;
    private static final int LENGTH_MAX = 400;

    private static List<byte[]> corpus(FuzzTarget target) throws IOException {
        var inputs = new ArrayList<byte[]>();
        try (Stream<Path> files = Files.list(CORPUS.resolve(target.name()))) {
            for (Path each : files.sorted().toList()) inputs.add(Files.readAllBytes(each));
        }
        return inputs;
    }

    @ParameterizedTest
    @EnumSource
    void keptInputs(FuzzTarget target) throws IOException {
        List<byte[]> inputs = corpus(target);
        assertFalse(inputs.isEmpty());
        for (byte[] each : inputs) run(target, each);
    }

    @ParameterizedTest
    @EnumSource
    void mutatedInputs(FuzzTarget target) throws IOException {
        var random = new Random(Long.getLong("pirn.seed", System.nanoTime()));
        List<byte[]> inputs = corpus(target);
        for (int i = 0; i < RUNS; i++) {
            byte[] input = inputs.get(random.nextInt(inputs.size()));
            for (int j = random.nextInt(5); j >= 0; j--) input = mutated(input, inputs, random);
            run(target, input);
        }
    }

    private static byte[] mutated(byte[] input, List<byte[]> inputs, Random random) {
        int at = random.nextInt(input.length + 1);
        byte[] some = new byte[random.nextInt(16)];
        random.nextBytes(some);
        byte[] other = inputs.get(random.nextInt(inputs.size()));
        byte[] rest = Arrays.copyOfRange(input, at, input.length);
        byte[] made = switch (random.nextInt(4)) {
            case 0 -> joined(Arrays.copyOf(input, at), some, rest);
            case 1 -> joined(Arrays.copyOf(input, at), Arrays.copyOfRange(rest,
                    Math.min(rest.length, random.nextInt(8)), rest.length));
            case 2 -> joined(Arrays.copyOf(input, at), other);
            default -> {
                byte[] changed = input.clone();
                for (int i = at; i < Math.min(input.length, at + 1 + some.length / 4); i++) {
                    changed[i] = (byte) random.nextInt();
                }
                yield changed;
            }
        };
        return Arrays.copyOf(made, Math.min(made.length, LENGTH_MAX));
    }

    private static byte[] joined(byte[]... parts) {
        byte[] all = new byte[Stream.of(parts).mapToInt(each -> each.length).sum()];
        int at = 0;
        for (byte[] each : parts) {
            System.arraycopy(each, 0, all, at, each.length);
            at += each.length;
        }
        return all;
    }

    private static void run(FuzzTarget target, byte[] input) throws IOException {
        try {
            target.run(input);
        } catch (Throwable e) {
            Files.createDirectories(FAILED);
            Path file = FAILED.resolve(target + "-" + Integer.toHexString(Arrays.hashCode(input)));
            Files.write(file, input);
            throw new AssertionError("again with lab/fuzz " + target + " lab/" + file, e);
        }
    }
}
