/** What may stand in a qcow2 image, made of a few bytes, in a simulated world. */
package dev.pirn.block.qcow2;
