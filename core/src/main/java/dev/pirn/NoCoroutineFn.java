package dev.pirn;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that must not be called inside of a coroutine, for it blocks the thread or runs a loop of
 * its own (QEMU's {@code no_coroutine_fn}). A {@link CoroutineFn} method that calls it is an error.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface NoCoroutineFn {
}
