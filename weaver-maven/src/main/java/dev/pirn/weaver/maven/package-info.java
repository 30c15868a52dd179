/** The weaver and the checker as goals of Maven: {@code pirn:weave}, {@code pirn:test-weave}, {@code pirn:check}. */
package dev.pirn.weaver.maven;
