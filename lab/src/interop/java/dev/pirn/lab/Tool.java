package dev.pirn.lab;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Command lines of {@code pirn}: through the launcher that -Dpirn.launcher names, or else as that would start
 * it.
 */
final class Tool {
    private static final String LAUNCHER = System.getProperty("pirn.launcher");

    private Tool() { }

    static List<String> command(String... arguments) {
        var command = new ArrayList<String>();
        if (LAUNCHER != null) {
            command.add(LAUNCHER);
        } else {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("--add-opens=java.base/jdk.internal.vm=dev.pirn.core");
            command.add("--add-exports=java.base/jdk.internal.access=dev.pirn.core");
            command.add("--enable-native-access=dev.pirn.block,com.github.luben.zstd_jni");
            command.add("--module-path=" + modulePath());
            command.add("--module=dev.pirn.tool/dev.pirn.tool.Main");
        }
        command.addAll(List.of(arguments));
        return command;
    }

    /** The same, for who hands it a listening socket as descriptor 3. */
    static List<String> activated(String... arguments) {
        List<String> command = command(arguments);
        // As the launcher does; by exec, for the socket is for this process alone.
        if (LAUNCHER == null) command.addAll(0, List.of("sh", "-c", "exec \"$@\" <&3 3<&-", "sh"));
        return command;
    }

    /** The same, with little memory: 64 MB of heap, and as much beside it. */
    static List<String> small(String... arguments) {
        return withOptions("-Xmx64m", arguments);
    }

    /** The same, with the Flight Recorder writing to {@code recording} at its end. */
    static List<String> recorded(Path recording, String... arguments) {
        return withOptions("-XX:StartFlightRecording:filename=" + recording, arguments);
    }

    /** The same, with an option for the JVM. */
    static List<String> withOptions(String option, String... arguments) {
        List<String> command = command(arguments);
        if (LAUNCHER != null) command.addAll(0, List.of("env", "PIRN_JAVA_OPTS=" + option));
        else command.add(1, option);
        return command;
    }

    /**
     * The tool, which is on our class path, and what Maven found that it needs: ours has modules, of those
     * whom we are measured beside, that do not go together.
     */
    private static String modulePath() {
        String path = System.getProperty("java.class.path");
        String tool = File.separator + Path.of("tool", "target") + File.separator;
        for (String entry : path.split(File.pathSeparator)) {
            if (entry.contains(tool)) return entry + File.pathSeparator + needed();
        }
        throw new AssertionError("nothing of tool/target on the class path " + path);
    }

    private static String needed() {
        try {
            return Files.readString(Path.of("..", "tool", "target", "module-path.txt"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
