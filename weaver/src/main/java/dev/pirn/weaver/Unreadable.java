package dev.pirn.weaver;

import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.util.Optional;

/** Finds out, when the weaver failed at a class, which class file it is that cannot be read. */
final class Unreadable {
    private final Batch batch;

    Unreadable(Batch batch) {
        this.batch = batch;
    }

    /** What to say of the failure. */
    Message message(String name, RuntimeException failure) {
        return whyNot(name).or(this::other).orElseGet(() -> bug(name, failure));
    }

    private Optional<Message> whyNot(String name) {
        Optional<Message> found = looked(name, true);
        if (found.isPresent()) return found;
        // In the JVM it would fail as well. The classes that it names are parsed, never loaded.
        var classes = ClassHierarchyResolver.ofResourceParsing(each -> {
            byte[] bytes = batch.classes.bytes(Abi.internalName(each));
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        });
        try {
            var all = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(classes));
            return all.verify(batch.classes.find(name)).stream().findFirst()
                    .map(each -> unreadable(name, each.getMessage()));
        } catch (RuntimeException e) {
            return Optional.of(unreadable(name, e.getMessage()));
        }
    }

    /** Of a class that was only looked at from outside. */
    private Optional<Message> other() {
        return batch.classes.names().stream().map(each -> looked(each, false)).flatMap(Optional::stream)
                .findFirst();
    }

    /** Looks at all that the weaver looks at, and says of what it cannot be read. */
    private Optional<Message> looked(String name, boolean inside) {
        try {
            ClassModel model = batch.classes.find(name);
            if (model == null) return Optional.empty();
            if (inside) model.toDebugString(); // Which looks at everything.
            HostWeaver.isWoven(model);
            model.superclass().ifPresent(ClassEntry::asInternalName);
            model.interfaces().forEach(ClassEntry::asInternalName);
            for (MethodModel each : model.methods()) {
                each.methodName().stringValue();
                each.methodTypeSymbol();
                Marks.all(each);
                if (!each.flags().has(AccessFlag.BRIDGE)) continue;
                each.code().ifPresent(code -> code.forEach(_ -> { }));
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(unreadable(name, e.getMessage()));
        }
    }

    private static Message unreadable(String name, String why) {
        String reason = why == null ? "its parts contradict each other" : why.lines().findFirst().orElse("");
        return error(name, "no class file that can be read: " + reason
                + "; build it again, or take it away");
    }

    private static Message bug(String name, RuntimeException failure) {
        StackTraceElement[] at = failure.getStackTrace();
        String place = at.length == 0 ? "" : " at " + at[0];
        return error(name, "the weaver failed: " + failure + place
                + "; if a JVM loads this class that is the weaver's fault, report it with this file");
    }

    private static Message error(String name, String text) {
        return new Message(Message.Severity.ERROR, name + ".class", 0, text);
    }
}
