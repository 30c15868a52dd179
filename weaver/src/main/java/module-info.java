/**
 * Turns marked methods into ones that suspend by returning, and checks the marks; needs {@code java.base}
 * alone, for it must not bring anything into a build or, as an agent, into a program.
 */
module dev.pirn.weaver {
    requires static java.instrument; // For the agent; the JVM brings it where there is one.

    exports dev.pirn.weaver;
}
