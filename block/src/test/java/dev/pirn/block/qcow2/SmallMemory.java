package dev.pirn.block.qcow2;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/** Tests that run in a JVM of their own, which has 64 MB for all: the pom says so. */
@Tag("small-memory")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface SmallMemory { }
