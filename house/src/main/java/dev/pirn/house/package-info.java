/**
 * What {@code ./check} demands of the tree beyond its tests.
 * <pre>
 *   *.java ──▶ Style ◀── Shape (javac's tree)       ──▶ path:line: error: …
 *   classes ─▶ Listing ──▶ Api ◀── MODULE/api.txt   ──▶ path:line: error: …
 * </pre>
 */
package dev.pirn.house;
