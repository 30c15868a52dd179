package dev.pirn;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the weaver puts on each class that it has woven, so that it does so once. Not for your code.
 *
 * @hidden
 */
@Retention(RetentionPolicy.CLASS) // It is real, for annotation processors look at those of superclasses.
@Target(ElementType.TYPE)
public @interface WovenClass {
}
