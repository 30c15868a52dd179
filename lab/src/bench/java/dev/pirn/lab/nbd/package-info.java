/** A load for NBD servers that costs little itself, so that what is measured is the server. */
package dev.pirn.lab.nbd;
