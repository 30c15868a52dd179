/**
 * The command line, one class per verb; may use every module, and is used by none.
 */
module dev.pirn.tool {
    requires dev.pirn.nbd;
    requires com.fasterxml.jackson.core;
    requires com.github.luben.zstd_jni; // For block, which does without it: qcow2 images compressed so.
    requires info.picocli;
    requires jdk.jfr; // To read recordings; it is also what lets one be made.
    requires jdk.unsupported; // Signals: see dev.pirn.tool.Signals.
    requires me.tongfei.progressbar;

    opens dev.pirn.tool to info.picocli;
    opens dev.pirn.tool.img to info.picocli;

    provides System.LoggerFinder with dev.pirn.tool.StderrLoggers;
}
