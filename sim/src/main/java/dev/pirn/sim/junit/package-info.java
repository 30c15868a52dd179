/** Tests of many seeds with JUnit: {@link dev.pirn.sim.junit.SimTest}. */
package dev.pirn.sim.junit;
