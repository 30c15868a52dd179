package dev.pirn;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that may suspend the coroutine which calls it (QEMU's {@code coroutine_fn}): call it inside
 * of one only.
 *
 * <p>The mark is checked at build time, and a marked method can be <em>woven</em>: turned into a form that
 * suspends by returning, without any flag or help of the JVM ({@link Backend#PURE}).
 * A method that overrides a marked one is marked too. On the method of a functional interface it marks the
 * lambdas that implement it.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.METHOD)
public @interface CoroutineFn {
}
