package dev.pirn.house;

import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodSignature;
import java.lang.classfile.Signature;
import java.lang.classfile.attribute.RecordAttribute;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.ConstantValueEntry;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Spells what class files say in the words of the language, each thing in one way only. */
final class Spelling {
    private Spelling() {}

    static String name(String internalName) {
        String name = internalName.replace('/', '.').replace('$', '.');
        // Of java.lang itself, not of its packages; nobody takes "String" for anything else.
        return name.matches("java\\.lang\\.[A-Z][\\w.]*") ? name.substring("java.lang.".length()) : name;
    }

    static String modifiers(ClassModel type, Set<AccessFlag> flags) {
        String kind = kind(type);
        boolean sealed = type.findAttribute(Attributes.permittedSubclasses()).isPresent();
        var words = new ArrayList<String>();
        words.add(deprecated(type) + (flags.contains(AccessFlag.PUBLIC) ? "public" : "protected"));
        boolean plain = kind.equals("class");
        addIf(plain && flags.contains(AccessFlag.STATIC), "static", words);
        addIf(plain && flags.contains(AccessFlag.ABSTRACT), "abstract", words);
        addIf(plain && flags.contains(AccessFlag.FINAL), "final", words);
        addIf(sealed && !kind.equals("enum"), "sealed", words);
        words.add(kind);
        return String.join(" ", words) + " ";
    }

    private static String kind(ClassModel type) {
        if (type.flags().has(AccessFlag.ANNOTATION)) {
            return "@interface";
        } else if (type.flags().has(AccessFlag.INTERFACE)) {
            return "interface";
        } else if (type.flags().has(AccessFlag.ENUM)) {
            return "enum";
        }
        return type.findAttribute(Attributes.record()).isPresent() ? "record" : "class";
    }

    static String field(FieldModel field) {
        Set<AccessFlag> flags = field.flags().flags();
        if (flags.contains(AccessFlag.ENUM)) {
            return "enum constant " + field.fieldName().stringValue();
        }
        var words = new ArrayList<String>();
        words.add(deprecated(field) + (flags.contains(AccessFlag.PUBLIC) ? "public" : "protected"));
        addIf(flags.contains(AccessFlag.STATIC), "static", words);
        addIf(flags.contains(AccessFlag.FINAL), "final", words);
        addIf(flags.contains(AccessFlag.VOLATILE), "volatile", words);
        words.add(type(field.findAttribute(Attributes.signature()).map(SignatureAttribute::asTypeSignature)
                .orElseGet(() -> Signature.of(field.fieldTypeSymbol()))));
        words.add(field.fieldName().stringValue());
        // Callers compile the value in: a new one is a change of the API.
        field.findAttribute(Attributes.constantValue()).ifPresent(constant -> words.add("= " + constant(
                constant.constant(), field.fieldType().stringValue())));
        return String.join(" ", words);
    }

    private static String constant(ConstantValueEntry entry, String descriptor) {
        ConstantDesc value = entry.constantValue();
        return switch (descriptor) {
            case "Z" -> value.equals(0) ? "false" : "true";
            case "C" -> "'" + escape(Character.toString((Integer) value)) + "'";
            case "Ljava/lang/String;" -> '"' + escape(value.toString()) + '"';
            default -> value.toString();
        };
    }

    private static String escape(String text) {
        return text.codePoints().mapToObj(c -> switch (c) {
            case '\n' -> "\\n";
            case '\\' -> "\\\\";
            case '"' -> "\\\"";
            default -> c < ' ' || c == 127 ? "\\u%04x".formatted(c) : Character.toString(c);
        }).collect(Collectors.joining());
    }

    static String method(MethodModel method, ClassModel type) {
        Set<AccessFlag> flags = method.flags().flags();
        MethodSignature signature = method.findAttribute(Attributes.signature())
                .map(SignatureAttribute::asMethodSignature)
                .orElseGet(() -> MethodSignature.of(method.methodTypeSymbol()));
        boolean ofInterface = method.parent().orElse(type).flags().has(AccessFlag.INTERFACE);
        boolean isStatic = flags.contains(AccessFlag.STATIC);
        boolean isAbstract = flags.contains(AccessFlag.ABSTRACT);
        var words = new ArrayList<String>();
        words.add(deprecated(method) + (flags.contains(AccessFlag.PUBLIC) ? "public" : "protected"));
        addIf(isStatic, "static", words);
        addIf(isAbstract && !ofInterface, "abstract", words);
        addIf(!isAbstract && !isStatic && ofInterface, "default", words);
        addIf(flags.contains(AccessFlag.FINAL) && !type.flags().has(AccessFlag.FINAL), "final", words);
        addIf(!signature.typeParameters().isEmpty(), typeParameters(signature.typeParameters()), words);
        if (method.methodName().equalsString("<init>")) {
            words.add(name(type.thisClass().asInternalName()).replaceFirst(".*\\.", ""));
        } else {
            words.add(type(signature.result()));
            words.add(method.methodName().stringValue());
        }
        String line = String.join(" ", words) + parameters(signature, flags.contains(AccessFlag.VARARGS));
        boolean hasDefault = method.findAttribute(Attributes.annotationDefault()).isPresent();
        return line + thrown(method, signature) + (hasDefault ? " default …" : "");
    }

    private static String parameters(MethodSignature signature, boolean varArgs) {
        List<String> types = signature.arguments().stream().map(Spelling::type).toList();
        String list = "(" + String.join(", ", types) + ")";
        return varArgs ? list.replaceFirst("\\[]\\)$", "...)") : list;
    }

    private static String thrown(MethodModel method, MethodSignature signature) {
        List<String> names = signature.throwableSignatures().stream().map(Spelling::type).toList();
        if (names.isEmpty()) { // The signature has them only if one is a type variable.
            names = method.findAttribute(Attributes.exceptions()).stream()
                    .flatMap(exceptions -> exceptions.exceptions().stream())
                    .map(ClassEntry::asInternalName).map(Spelling::name).toList();
        }
        return names.isEmpty() ? "" : " throws " + names.stream().sorted().collect(Collectors.joining(", "));
    }

    static String components(RecordAttribute record) {
        return record.components().stream().map(component -> type(
                component.findAttribute(Attributes.signature()).map(SignatureAttribute::asTypeSignature)
                        .orElseGet(() -> Signature.of(component.descriptorSymbol())))
                + " " + component.name().stringValue()).collect(Collectors.joining(", ", "(", ")"));
    }

    static String typeParameters(List<Signature.TypeParam> parameters) {
        if (parameters.isEmpty()) {
            return "";
        }
        return parameters.stream().map(parameter -> {
            var bounds = new ArrayList<String>();
            parameter.classBound().map(Spelling::type).filter(bound -> !bound.equals("Object"))
                    .ifPresent(bounds::add);
            parameter.interfaceBounds().stream().map(Spelling::type).forEach(bounds::add);
            String extending = bounds.isEmpty() ? "" : " extends " + String.join(" & ", bounds);
            return parameter.identifier() + extending;
        }).collect(Collectors.joining(", ", "<", ">"));
    }

    static String type(Signature signature) {
        return switch (signature) {
            case Signature.BaseTypeSig base -> ClassDesc.ofDescriptor(base.signatureString()).displayName();
            case Signature.ArrayTypeSig array -> type(array.componentSignature()) + "[]";
            case Signature.TypeVarSig variable -> variable.identifier();
            case Signature.ClassTypeSig type -> type.outerType()
                    .map(outer -> type(outer) + "." + type.className())
                    .orElseGet(() -> name(type.className())) + arguments(type.typeArgs());
        };
    }

    private static String arguments(List<Signature.TypeArg> arguments) {
        return arguments.isEmpty() ? "" : arguments.stream().map(argument -> switch (argument) {
            case Signature.TypeArg.Unbounded _ -> "?";
            case Signature.TypeArg.Bounded bounded -> switch (bounded.wildcardIndicator()) {
                case NONE -> "";
                case EXTENDS -> "? extends ";
                case SUPER -> "? super ";
            } + type(bounded.boundType());
        }).collect(Collectors.joining(", ", "<", ">"));
    }

    private static String deprecated(AttributedElement element) {
        return element.findAttribute(Attributes.deprecated()).isPresent() ? "@Deprecated " : "";
    }

    private static void addIf(boolean condition, String word, List<String> words) {
        if (condition) {
            words.add(word);
        }
    }
}
