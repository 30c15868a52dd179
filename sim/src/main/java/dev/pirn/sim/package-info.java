/**
 * Event loops in virtual time: the same code, but every order that nobody promised comes from a seed.
 * <pre>
 *   Sim ──▶ SimWorld ──▶ Actor, one for each loop and for the pool: a thread that runs while it has the baton
 *                   ├──▶ Agenda: what happens later, in virtual time
 *                   ├──▶ SimSelector ──▶ sockets of Network
 *                   └──▶ Seeded: all that is left to chance
 * </pre>
 * One thread runs at a time, whoever has the baton; handing it over makes all that was done before visible.
 */
package dev.pirn.sim;
