/** The weaver and the checker as Maven goals: {@code pirn:weave}, {@code test-weave} and {@code check}. */
package dev.pirn.weaver.maven;
