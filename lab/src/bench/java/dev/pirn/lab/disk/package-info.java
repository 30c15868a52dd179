/** A load for disks, without a network before them: what one engine costs beside the other. */
package dev.pirn.lab.disk;
