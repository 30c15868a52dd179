package dev.pirn;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that finds out whether it runs inside of a coroutine, and suspends only then (QEMU's
 * {@code coroutine_mixed_fn}): it may call {@link CoroutineFn} methods without being one. Never woven.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface MixedFn {
}
