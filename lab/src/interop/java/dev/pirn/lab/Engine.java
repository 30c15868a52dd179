package dev.pirn.lab;

import java.util.Set;

/** How the server does its I/O: the words of {@code serve --engine}. */
enum Engine {
    nio, uring;

    /** Those that are built. */
    static final Set<Engine> BUILT = Set.of(nio, uring);
}
