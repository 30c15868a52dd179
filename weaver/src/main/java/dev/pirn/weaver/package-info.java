/**
 * From class files to class files, in passes that know nothing of files or builds.
 * <pre>
 *   Main, Maven, agent ──▶ Weaver ──▶ Marks     which methods are coroutine functions
 *                             │  └──▶ passes    one method, one lambda, one class at a time
 *                             └─────▶ Checker   calls that must not be, without weaving too
 *   all of them ──▶ ClassPath: the classes that are there, parsed once
 * </pre>
 */
package dev.pirn.weaver;
