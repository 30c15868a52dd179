package dev.pirn.block.qcow2;

/** Bytes of a file. */
record Area(long at, long length) { }
