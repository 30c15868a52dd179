package dev.pirn.lab;

import java.io.File;
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
            command.add("--enable-native-access=dev.pirn.block");
            command.add("--module-path=" + modulePath());
            command.add("--module=dev.pirn.tool/dev.pirn.tool.Main");
        }
        command.addAll(List.of(arguments));
        return command;
    }

    /** The same, with the Flight Recorder writing to {@code recording} at its end. */
    static List<String> recorded(Path recording, String... arguments) {
        List<String> command = command(arguments);
        String option = "-XX:StartFlightRecording:filename=" + recording;
        if (LAUNCHER != null) command.addAll(0, List.of("env", "PIRN_JAVA_OPTS=" + option));
        else command.add(1, option);
        return command;
    }

    /**
     * Our class path but for the lab itself: what Maven found that the tool needs, and JUnit, which does no
     * harm.
     */
    private static String modulePath() {
        var path = new ArrayList<String>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains(File.separator + "lab" + File.separator + "target")) path.add(entry);
        }
        return String.join(File.pathSeparator, path);
    }
}
