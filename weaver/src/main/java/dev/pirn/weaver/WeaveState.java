package dev.pirn.weaver;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is known of a folder since it was woven: kept beside it, in {@code pirn-weave/FOLDER.state}.
 *
 * <p>Classes are woven in place, so the originals are kept here: what a woven class depends on may change
 * while the class does not, and then it is woven anew.
 */
final class WeaveState {
    private static final String FORM = "pirn-weave 1";

    /**
     * A class file of the folder as it was left.
     *
     * @param hash of the file
     * @param original what was woven, or null if it is the file itself
     * @param host whom it was made for, or empty if the compiler made it
     */
    record Known(String hash, byte[] original, String host) { }

    /** With what the folder was woven: the weaver and its options. */
    String stamp = "";
    final Map<String, Known> classes = new TreeMap<>();
    /** The surface of each class that was looked at. */
    final Map<String, String> uses = new TreeMap<>();
    final List<Message> messages = new ArrayList<>();

    private final Path file;

    private WeaveState(Path file) {
        this.file = file;
    }

    /** What is known of {@code folder}; nothing if it was not woven here, or by a weaver of another kind. */
    static WeaveState of(Path folder) throws IOException {
        Path full = folder.toAbsolutePath().normalize();
        var state = new WeaveState(full.resolveSibling("pirn-weave").resolve(full.getFileName() + ".state"));
        if (Files.exists(state.file)) state.read();
        return state;
    }

    /** One of the same place that knows nothing yet. */
    WeaveState next(String newStamp) {
        var next = new WeaveState(file);
        next.stamp = newStamp;
        return next;
    }

    private void read() throws IOException {
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (!in.readUTF().equals(FORM)) return;
            stamp = in.readUTF();
            for (int i = in.readInt(); i > 0; i--) classes.put(in.readUTF(), readKnown(in));
            for (int i = in.readInt(); i > 0; i--) uses.put(in.readUTF(), in.readUTF());
            for (int i = in.readInt(); i > 0; i--) {
                messages.add(new Message(Message.Severity.valueOf(in.readUTF()), in.readUTF(), in.readInt(),
                        in.readUTF()));
            }
        } catch (IOException e) {
            throw new IOException(file + ": cannot be read, delete it and build clean: " + e, e);
        }
    }

    private static Known readKnown(DataInputStream in) throws IOException {
        String hash = in.readUTF();
        String host = in.readUTF();
        int length = in.readInt();
        return new Known(hash, length < 0 ? null : in.readNBytes(length), host);
    }

    /** At once: who reads it finds the old one or this. */
    void write() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeUTF(FORM);
        out.writeUTF(stamp);
        out.writeInt(classes.size());
        for (var each : classes.entrySet()) {
            Known known = each.getValue();
            out.writeUTF(each.getKey());
            out.writeUTF(known.hash);
            out.writeUTF(known.host);
            out.writeInt(known.original == null ? -1 : known.original.length);
            if (known.original != null) out.write(known.original);
        }
        out.writeInt(uses.size());
        for (var each : uses.entrySet()) {
            out.writeUTF(each.getKey());
            out.writeUTF(each.getValue());
        }
        out.writeInt(messages.size());
        for (Message each : messages) {
            out.writeUTF(each.severity().name());
            out.writeUTF(each.file());
            out.writeInt(each.line());
            out.writeUTF(each.text());
        }
        Files.createDirectories(file.getParent());
        Path made = Files.createTempFile(file.getParent(), "new", ".state");
        Files.write(made, bytes.toByteArray());
        Files.move(made, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
