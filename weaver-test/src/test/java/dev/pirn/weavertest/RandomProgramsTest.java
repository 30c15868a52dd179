package dev.pirn.weavertest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs that nobody wrote do the same plain and woven. */
class RandomProgramsTest {
    private static final int BATCH = 200;
    private static final int SHOWN_MAX = 5;
    private static final boolean LONG = Boolean.getBoolean("pirn.long");
    private static final Long SEED = Long.getLong("pirn.seed");
    private static final int COUNT = Integer.getInteger("pirn.programs", LONG ? 1_000_000 : 2_400);
    private static final long FIRST = Long.getLong("pirn.first", 1);

    @Test
    @Timeout(value = 5, unit = TimeUnit.HOURS)
    void randomPrograms() {
        check(SEED == null ? range(FIRST, COUNT) : List.of(SEED));
    }

    /** Kept, for what was wrong once goes wrong again. */
    @Test
    void programsThatFailedBefore() {
        check(kept());
    }

    private static List<Long> range(long first, int count) {
        return IntStream.range(0, count).mapToObj(i -> first + i).toList();
    }

    private static List<Long> kept() {
        try (var in = RandomProgramsTest.class.getResourceAsStream("failed-seeds.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> Long.valueOf(line.split(" ")[0])).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(List<Long> seeds) {
        var batches = new ArrayList<List<Long>>();
        for (int i = 0; i < seeds.size(); i += BATCH) {
            batches.add(seeds.subList(i, Math.min(seeds.size(), i + BATCH)));
        }
        var failures = new TreeMap<Long, String>();
        batches.parallelStream().forEach(batch -> {
            boolean isThorough = LONG || batches.indexOf(batch) % 4 == 0;
            Map<Long, String> found = new RandomBatch(batch, isThorough).failures();
            synchronized (failures) {
                failures.putAll(found);
            }
        });
        assertEquals("", text(failures), () -> failures.size() + " of " + seeds.size() + " failed");
    }

    private static String text(Map<Long, String> failures) {
        var text = new StringBuilder();
        failures.entrySet().stream().limit(SHOWN_MAX).forEach(each -> text.append("seed ")
                .append(each.getKey())
                .append(": ").append(each.getValue())
                        .append("\n  to replay: ./mvnw -q -pl weaver-test -am test")
                .append(" -Dtest=RandomProgramsTest -Dsurefire.failIfNoSpecifiedTests=false -Dpirn.seed=")
                .append(each.getKey()).append('\n'));
        return text.toString();
    }
}
