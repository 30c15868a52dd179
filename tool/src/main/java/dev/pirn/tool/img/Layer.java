package dev.pirn.tool.img;

import dev.pirn.block.BlockDevice;
import dev.pirn.block.qcow2.Qcow2Image;
import java.nio.file.Path;

/**
 * One of the images that an image is made of: itself, or one that it stands on.
 *
 * @param name as the image above calls it, seen from where the user is
 * @param file null for another server's export
 */
record Layer(String name, Format format, BlockDevice device, Path file) {
    /** The name of the file that its data stands in. */
    String dataName() {
        String data = qcow2() == null ? null : qcow2().dataFileName();
        return data == null ? name : Names.combined(name, data);
    }

    /** The driver, or null for raw. */
    Qcow2Image qcow2() {
        return device.driver() instanceof Qcow2Image image ? image : null;
    }
}
