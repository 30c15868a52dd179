package dev.pirn.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A virtual machine whose root is a disk that is served: it reads all of it, goes on from it, writes, frees,
 * and ends. By ./check --long alone, for an emulated boot takes its time.
 *
 * <pre>
 *   host:  vm/make ─▶ kernel, initrd, disk           e2fsck, debugfs: what the guest wrote is there
 *                          │                                ▲
 *   guest: vm/boot in memory ─▶ sha256 of /dev/vda ─▶ vm/init on /dev/vda ─▶ off
 * </pre>
 */
class BootTest {
    private static final Path MADE = Path.of("target", "vm").toAbsolutePath();
    /** Exit code of {@code make}. */
    private static final int LACKING = 3;
    private static final Duration DOWNLOAD_MAX = Duration.ofMinutes(5);
    private static final Duration BOOT_MAX = Duration.ofMinutes(5);
    /**
     * Not kvm, and tcg where that is refused: there are hosts that have KVM to offer, and then the guest does
     * not run. It takes seconds this way, too.
     */
    private static final String ACCELERATOR = System.getProperty("pirn.vm.accelerator", "tcg");

    @TempDir
    private Path dir;

    static Stream<Row> rows() {
        return Row.all().stream().filter(each -> Boolean.getBoolean("pirn.long")
                && each.transport() == Transport.UNIX);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("rows")
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void theGuestReadsAndWritesItsRoot(Row row) throws Exception {
        make();
        Path disk = Files.copy(MADE.resolve("disk"), dir.resolve("disk"));
        try (var server = row.serve(dir, disk, "--discard", "unmap")) {
            List<String> said = boot(server.uri());
            for (String each : List.of("guest: disk " + sha256(MADE.resolve("disk")) + "  -",
                    "guest: root is vda", "data/random: OK", "data/numbers: OK", "guest: trimmed",
                    "guest: done")) {
                assertTrue(said.contains(each), () -> "no line " + each + " in " + said);
            }
            assertTrue(said.stream().noneMatch(each -> each.startsWith("guest: failed")), said::toString);
        }
        administer("e2fsck", "-fn", disk.toString());
        assertEquals(numbers(300_000), administer("debugfs", "-R", "cat /written", disk.toString()));
        assertEquals("", administer("debugfs", "-R", "cat /data/numbers", disk.toString()));
        long before = blocks(MADE.resolve("disk"));
        assertTrue(blocks(disk) < before, () -> "what was trimmed takes room, of " + before + " blocks");
    }

    private static void make() throws Exception {
        String script = Path.of("src", "interop", "vm", "make").toString();
        try (var run = Run.start(List.of(script, MADE.toString()))) {
            Run.Outcome outcome = run.finish(DOWNLOAD_MAX);
            if (outcome.code() == LACKING) Clients.skip(outcome.err().strip());
            assertEquals(0, outcome.code(), outcome::toString);
        }
    }

    /** Runs what not everyone has on the path; returns its stdout. */
    private static String administer(String program, String... arguments) throws Exception {
        String path = "PATH=" + System.getenv("PATH") + ":/usr/sbin:/sbin";
        var command = new ArrayList<>(List.of("env", path, program));
        command.addAll(List.of(arguments));
        try (var run = Run.start(command)) {
            return run.succeed();
        }
    }

    /** What the guest prints, until it turns itself off. */
    private static List<String> boot(String uri) throws Exception {
        // The timer is not checked: while the host has other things to do it looks broken.
        String options = "console=ttyS0 panic=-1 quiet no_timer_check";
        try (var guest = Clients.start("qemu-system-x86_64", "-accel", ACCELERATOR, "-m", "256",
                "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
                "-kernel", MADE.resolve("kernel").toString(), "-initrd", MADE.resolve("initrd").toString(),
                "-append", options, "-drive", "file=" + uri + ",format=raw,if=virtio,discard=unmap")) {
            Run.Outcome outcome = guest.finish(BOOT_MAX);
            assertEquals(0, outcome.code(), outcome::toString);
            return outcome.out().lines().map(String::strip).toList();
        }
    }

    private static String sha256(Path file) throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return HexFormat.of().formatHex(digest);
    }

    /** What {@code seq} prints. */
    private static String numbers(int last) {
        var text = new StringBuilder();
        for (int i = 1; i <= last; i++) text.append(i).append('\n');
        return text.toString();
    }

    /** Of 512 bytes, those that the file takes. */
    private static long blocks(Path file) throws Exception {
        return Long.parseLong(Clients.run("stat", "--format=%b", file.toString()).strip());
    }
}
