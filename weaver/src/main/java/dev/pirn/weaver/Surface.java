package dev.pirn.weaver;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What of a class the weaving of others depends on: its place among the types, its methods, their marks. */
final class Surface {
    /** Of a class that is not there. */
    static final String NONE = "";

    private Surface() { }

    /** Different if, and but for a miracle only if, weaving another class could come out differently. */
    static String of(byte[] bytes) {
        if (bytes == null) return NONE;
        try {
            return of(ClassFile.of().parse(bytes));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return hash(bytes); // No class file. Whoever needs the class will say so.
        }
    }

    private static String of(ClassModel model) {
        var text = new StringBuilder();
        text.append(model.flags().flagsMask()).append(HostWeaver.isWoven(model));
        model.superclass().ifPresent(each -> text.append(' ').append(each.asInternalName()));
        model.interfaces().forEach(each -> text.append(' ').append(each.asInternalName()));
        text.append('\n');
        for (MethodModel each : model.methods()) {
            if (!isSeen(each)) continue;
            text.append(each.flags().flagsMask()).append(' ').append(each.methodName().stringValue())
                    .append(each.methodType().stringValue()).append(Marks.own(each)).append('\n');
        }
        return hash(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Private methods matter if nestmates may call their twins. */
    private static boolean isSeen(MethodModel method) {
        return !method.flags().has(AccessFlag.PRIVATE) || Marks.own(method) != Marks.Mark.NONE;
    }

    static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
