/**
 * What threads may see of the lock-free parts of core, outcome by outcome (jcstress): run by
 * {@code lab/stress}.
 */
package dev.pirn.lab.stress;
