/**
 * The command line, one class per verb; may use every module, and is used by none.
 */
module dev.pirn.tool {
    requires dev.pirn.core;
    requires info.picocli;

    opens dev.pirn.tool to info.picocli;
}
