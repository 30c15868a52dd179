package dev.pirn.weavertest;

import java.util.List;

/** A coroutine function of a random program. */
record RandomFunction(String name, Kind kind, RandomType result, List<RandomType> parameters) {
    /** Where it is declared, and so how it is called. */
    enum Kind { STATIC, PRIVATE, INHERITED, ABSTRACT, DEFAULT }

    boolean isStatic() {
        return kind == Kind.STATIC;
    }

    String head() {
        var text = new StringBuilder(result.text + " " + name + "(");
        for (int i = 0; i < parameters.size(); i++) {
            text.append(i == 0 ? "" : ", ").append(parameters.get(i).text).append(" p").append(i);
        }
        return text + ") throws Exception";
    }
}
