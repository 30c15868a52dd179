package dev.pirn.weavertest;

import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The verifier of the class-file library: it says more, of classes that are never loaded too. */
final class Verified {
    private Verified() { }

    /** What is wrong with {@code classes}, which are by internal name. */
    static List<String> problems(Map<String, byte[]> classes) {
        var resolver = ClassHierarchyResolver.ofResourceParsing(each -> {
            String name = each.descriptorString();
            byte[] bytes = classes.get(name.substring(1, name.length() - 1));
            return bytes == null ? null : new ByteArrayInputStream(bytes);
        }).orElse(ClassHierarchyResolver.ofResourceParsing(Verified.class.getClassLoader()))
                .orElse(ClassHierarchyResolver.defaultResolver()).cached();
        var verifier = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver));
        var problems = new ArrayList<String>();
        classes.forEach((name, bytes) -> {
            for (VerifyError each : verifier.verify(bytes)) problems.add(name + ": " + each.getMessage());
        });
        return problems;
    }
}
