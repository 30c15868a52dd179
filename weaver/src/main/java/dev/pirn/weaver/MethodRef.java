package dev.pirn.weaver;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;

/**
 * A method as class files name it.
 *
 * @param owner internal name of the class that declares it, or through which it is called
 */
record MethodRef(String owner, String name, String descriptor) {
    static MethodRef of(ClassModel owner, MethodModel method) {
        return new MethodRef(owner.thisClass().asInternalName(), method.methodName().stringValue(),
                method.methodType().stringValue());
    }

    boolean isConstructor() {
        return name.equals("<init>");
    }

    /** True of the body of a lambda, as javac names it. */
    boolean isLambda() {
        return name.startsWith("lambda$");
    }

    /** True of what the weaver has made of a method: that is right if the method is. */
    boolean isWoven() {
        boolean named = name.endsWith("$co") || name.endsWith("$r");
        return named && descriptor.contains("Ldev/pirn/Coroutine;)");
    }

    /** True of the JDK's own: they have no marks, and there are many. */
    boolean isOfJdk() {
        return owner.startsWith("java/") || owner.startsWith("javax/") || owner.startsWith("jdk/");
    }

    /** The same method, looked for in another class. */
    MethodRef in(String otherOwner) {
        return new MethodRef(otherOwner, name, descriptor);
    }

    /** The class as people name it: without package, nested ones behind a dot. */
    String className() {
        return className(owner);
    }

    static String className(String internalName) {
        String simple = internalName.substring(internalName.lastIndexOf('/') + 1);
        return simple.replaceAll("\\$(?=[^0-9])", ".");
    }

    /** Its name for people, behind that of its class. */
    String memberName() {
        if (isConstructor()) return "new";
        if (name.equals("<clinit>")) return "static {}";
        return isLambda() ? "lambda" : name;
    }

    /** As people say it: {@code Pipe.read}. */
    @Override
    public String toString() {
        return isConstructor() ? "new " + className() : className() + '.' + memberName();
    }
}
