/**
 * Event loops in virtual time, every order from a seed, for tests; needs core, and JUnit for who uses it.
 */
module dev.pirn.sim {
    requires transitive dev.pirn.core;
    requires static transitive org.junit.jupiter.api;
    requires static org.junit.platform.commons;
    requires static org.apiguardian.api; // JUnit's classes name it, and javac warns without.

    exports dev.pirn.sim;
    exports dev.pirn.sim.junit;
}
