package dev.pirn.house;

import java.io.IOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassSignature;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Signature;
import java.lang.classfile.attribute.InnerClassInfo;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The public API of a compiled module: a line for each type that users can name, and for each member of it.
 *
 * <p>Read from class files and not from sources or by reflection: only they say what was really compiled, and
 * reading them runs no code of the module.
 */
final class Listing {
    private final Map<String, ClassModel> types = new TreeMap<>(); // by internal name
    private final Set<String> exported = new HashSet<>(); // to everyone, as "dev/pirn"

    private Listing() {}

    static List<String> of(Path classes) throws IOException {
        var listing = new Listing();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                listing.types.put(model.thisClass().asInternalName(), model);
            }
        }
        ModuleAttribute moduleInfo = listing.types.remove("module-info").findAttribute(Attributes.module())
                .orElseThrow();
        var lines = new ArrayList<>(listing.module(moduleInfo));
        for (ClassModel type : listing.types.values()) {
            if (listing.isVisible(type.thisClass().asInternalName())) {
                lines.add(listing.header(type));
                var members = new TreeSet<String>();
                listing.members(type, type, members);
                members.forEach(member -> lines.add("    " + member));
            }
        }
        return lines;
    }

    private List<String> module(ModuleAttribute module) {
        var directives = new TreeSet<String>();
        module.exports().stream().filter(export -> export.exportsTo().isEmpty()).forEach(export -> {
            String name = export.exportedPackage().name().stringValue();
            exported.add(name);
            directives.add("exports " + Spelling.name(name));
        });
        module.requires().stream().filter(required -> required.has(AccessFlag.TRANSITIVE)).forEach(required ->
                directives.add("requires transitive " + required.requires().name().stringValue()));
        module.uses().forEach(used -> directives.add("uses " + Spelling.name(used.asInternalName())));
        var lines = new ArrayList<String>(List.of("module " + module.moduleName().name().stringValue()));
        lines.addAll(directives);
        return lines;
    }

    /** Tells whether a type of this module can be named by users: it, and what it is nested in. */
    private boolean isVisible(String name) {
        ClassModel type = types.get(name);
        if (type == null || !exported.contains(name.replaceFirst("/?[^/]*$", "")) || isLocal(type)) {
            return false;
        }
        Set<AccessFlag> flags = flags(type);
        boolean open = flags.contains(AccessFlag.PUBLIC) || flags.contains(AccessFlag.PROTECTED);
        Optional<String> outer =
                inner(type).flatMap(InnerClassInfo::outerClass).map(ClassEntry::asInternalName);
        return open && !flags.contains(AccessFlag.SYNTHETIC) && (outer.isEmpty() || isVisible(outer.get()));
    }

    private static boolean isLocal(ClassModel type) {
        return type.findAttribute(Attributes.enclosingMethod()).isPresent();
    }

    private static Optional<InnerClassInfo> inner(ClassModel type) {
        return type.findAttribute(Attributes.innerClasses()).stream()
                .flatMap(attribute -> attribute.classes().stream())
                .filter(info -> info.innerClass().equals(type.thisClass())).findFirst();
    }

    /** A nested class's own flags cannot say protected or static; those that its outer class notes can. */
    private static Set<AccessFlag> flags(ClassModel type) {
        return inner(type).map(InnerClassInfo::flags).orElse(type.flags().flags());
    }

    private String header(ClassModel type) {
        ClassSignature signature = signature(type);
        var supers = new TreeSet<String>();
        Optional<Signature> parent = supers(type, supers);
        var line = new StringBuilder(Spelling.modifiers(type, flags(type)))
                .append(Spelling.name(type.thisClass().asInternalName()))
                .append(Spelling.typeParameters(signature.typeParameters()));
        if (type.findAttribute(Attributes.record()).isPresent()) {
            line.append(Spelling.components(type.findAttribute(Attributes.record()).get()));
        }
        parent.ifPresent(sig -> line.append(" extends ").append(Spelling.type(sig)));
        if (!supers.isEmpty()) {
            boolean isInterface = type.flags().has(AccessFlag.INTERFACE);
            line.append(isInterface ? " extends " : " implements ").append(String.join(", ", supers));
        }
        return line.append(permits(type)).toString();
    }

    /** Adds the interfaces, and returns the parent, that users can name; looks through hidden ones. */
    private Optional<Signature> supers(ClassModel type, Collection<String> interfaces) {
        ClassSignature signature = signature(type);
        List<ClassEntry> entries = type.interfaces();
        for (int i = 0; i < entries.size(); i++) {
            String name = entries.get(i).asInternalName();
            if (isHidden(name)) {
                supers(types.get(name), interfaces);
            } else if (!name.equals("java/lang/annotation/Annotation")) {
                interfaces.add(Spelling.type(signature.superinterfaceSignatures().get(i)));
            }
        }
        if (type.flags().has(AccessFlag.INTERFACE) || type.superclass().isEmpty()) {
            return Optional.empty();
        }
        String parent = type.superclass().get().asInternalName();
        if (isHidden(parent)) {
            return supers(types.get(parent), interfaces);
        }
        boolean implied = Set.of("java/lang/Object", "java/lang/Enum", "java/lang/Record").contains(parent);
        return implied ? Optional.empty() : Optional.of(signature.superclassSignature());
    }

    private boolean isHidden(String name) {
        return types.containsKey(name) && !isVisible(name);
    }

    private String permits(ClassModel type) {
        var permitted = type.findAttribute(Attributes.permittedSubclasses());
        if (permitted.isEmpty()) {
            return "";
        }
        var names = new TreeSet<String>();
        for (ClassEntry entry : permitted.get().permittedSubclasses()) {
            // A switch over the type must have a default as soon as one is hidden; its name does not matter.
            String name = entry.asInternalName();
            names.add(isHidden(name) ? "(hidden)" : Spelling.name(name));
        }
        return " permits " + String.join(", ", names);
    }

    /** Adds the members of {@code from} as seen in {@code type}, which may inherit them from hidden types. */
    private void members(ClassModel from, ClassModel type, Collection<String> members) {
        for (FieldModel field : from.fields()) {
            if (isMember(field.flags(), type)) {
                members.add(Spelling.field(field));
            }
        }
        for (MethodModel method : from.methods()) {
            boolean constructor = method.methodName().equalsString("<init>");
            boolean inherited = from != type;
            if (isMember(method.flags(), type) && !isImplied(method, type) && !(constructor && inherited)) {
                members.add(Spelling.method(method, type));
            }
        }
        Stream.concat(from.superclass().stream(), from.interfaces().stream()).map(ClassEntry::asInternalName)
                .filter(this::isHidden).forEach(name -> members(types.get(name), type, members));
    }

    private static boolean isMember(AccessFlags flags, ClassModel type) {
        boolean inheritable = !type.flags().has(AccessFlag.FINAL);
        boolean open = flags.has(AccessFlag.PUBLIC) || flags.has(AccessFlag.PROTECTED) && inheritable;
        return open && !flags.has(AccessFlag.SYNTHETIC);
    }

    /** Every record and enum has these: a line for each would be noise. */
    private static boolean isImplied(MethodModel method, ClassModel type) {
        String name = method.methodName().stringValue() + method.methodType().stringValue();
        if (type.findAttribute(Attributes.record()).isPresent()) {
            return Set.of("equals(Ljava/lang/Object;)Z", "hashCode()I", "toString()Ljava/lang/String;")
                    .contains(name);
        }
        return type.flags().has(AccessFlag.ENUM)
                && (name.startsWith("values()") || name.startsWith("valueOf(Ljava/lang/String;)"));
    }

    private static ClassSignature signature(ClassModel type) {
        return type.findAttribute(Attributes.signature()).map(SignatureAttribute::asClassSignature)
                .orElseGet(() -> ClassSignature.of(
                        Signature.ClassTypeSig.of(type.superclass().orElse(type.thisClass()).asSymbol()),
                        type.interfaces().stream().map(entry -> Signature.ClassTypeSig.of(entry.asSymbol()))
                                .toArray(Signature.ClassTypeSig[]::new)));
    }
}
