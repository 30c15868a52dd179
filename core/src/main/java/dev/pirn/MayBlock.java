package dev.pirn;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that blocks its thread, and may be called inside of a coroutine nevertheless: for it blocks
 * a moment only, or at a time when nobody else waits. The check at build time is silent then about what it
 * and its lambdas call that blocks, and about those who call it.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface MayBlock {
    /** Why that does no harm. */
    String value();
}
