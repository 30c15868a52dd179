package dev.pirn.tool.img;

import dev.pirn.CoroutineFn;
import dev.pirn.block.StorageFile;
import dev.pirn.block.qcow2.BadImageException;
import dev.pirn.block.qcow2.CheckReport;
import dev.pirn.block.qcow2.Qcow2Check;
import dev.pirn.block.qcow2.Repair;
import dev.pirn.tool.Failure;
import dev.pirn.tool.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code check}: whether an image's tables are as they should be. */
@Command(name = "check", sortOptions = false, description = "Look for damage of an image's tables.",
        footerHeading = "%n", footer = {
            "Exit code: 0 none, 1 could not look, 2 damage, 3 leaks alone, 63 the format has no tables."})
final class Check implements Callable<Integer> {
    static final int DAMAGE = 2;
    static final int LEAKS = 3;
    static final int NO_TABLES = 63;

    // What is to be put right, as the command line has it.
    private enum What {
        leaks(Repair.LEAKS), all(Repair.ALL);

        final Repair meaning;

        What(Repair meaning) {
            this.meaning = meaning;
        }
    }

    @Parameters(paramLabel = "FILE", description = "The image.")
    private String file;

    @Option(names = "-f", paramLabel = "FORMAT", description = "Its format: ${COMPLETION-CANDIDATES}.")
    private Format format;

    @Option(names = "-r", paramLabel = "WHAT", description = "Put right: ${COMPLETION-CANDIDATES}.")
    private What repair;

    @Option(names = "--output", paramLabel = "FORM", defaultValue = "human",
            description = "How to tell: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Output output;

    @Option(names = "-T", paramLabel = "CACHE", defaultValue = "writeback",
            description = "How to read it: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private CacheMode cache;

    @Mixin
    private Trust trust;

    @Mixin
    private Common common;

    private Check() { }

    @Override
    public Integer call() throws Failure, IOException {
        common.refuseQemuOptions();
        return Work.run(this::check);
    }

    @CoroutineFn
    private Integer check(Work work) throws Failure, IOException {
        OpenHow how = repair == null ? OpenHow.toRead(format, trust) : OpenHow.toChange(format, trust);
        return check(work, how.by(cache));
    }

    @CoroutineFn
    private Integer check(Work work, OpenHow how) throws Failure, IOException {
        CheckReport report;
        // Not opened as an image: what is damaged may be what keeps it from that.
        try (var held = DiskImage.uri(file) == null ? hold(work, how) : null;
                StorageFile bytes = Opening.bytes(file, how, work.pool())) {
            Format found = held != null ? held.format() : format != null ? format
                    : Probe.format(file, Probe.start(bytes));
            if (found != Format.qcow2) throw noTables(found);
            report = repair == null ? Qcow2Check.check(bytes) : Qcow2Check.repair(bytes, repair.meaning);
        } catch (BadImageException e) {
            throw Failure.of("cannot be used", e.getMessage()).causedBy(e);
        } catch (IOException e) {
            throw Failure.of("cannot be checked", file + ": " + Failure.reason(e)).causedBy(e);
        }
        tell(report);
        return report.isClean() ? Main.OK : report.isSound() ? LEAKS : DAMAGE;
    }

    @CoroutineFn
    private Held hold(Work work, OpenHow how) throws Failure {
        Path path = DiskImage.path(file);
        return work.pool().call(() -> Held.of(file, path, how));
    }

    private Failure noTables(Format found) {
        return Failure.of(found + " images have no tables to look at", file).withCode(NO_TABLES);
    }

    private void tell(CheckReport report) {
        var found = new Checked(file, report);
        report.messages().forEach(common.err()::println);
        if (output == Output.json) common.out().println(Json.of(found.json()));
        else if (!common.quiet()) common.print(found.text());
    }
}
