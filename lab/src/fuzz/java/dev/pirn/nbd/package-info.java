/**
 * What strangers may say to the server and to the client, made of a few bytes, in a simulated world.
 *
 * <pre>
 *   bytes ──▶ Script ──▶ HostileClient ──▶ NbdServer
 *                  └───▶ HostileServer ──▶ NbdClient      then, whatever was said:
 *                                                         all ends, all is given back, the next is served
 * </pre>
 */
package dev.pirn.nbd;
