#!/bin/sh
# Makes the certificates of these folders, as qemu-nbd and nbdkit have them. For tests alone: the keys are no secrets.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

authority() { # NAME
    key "$work/$1.key"
    openssl req -x509 -new -key "$work/$1.key" -subj "/CN=$1" -days 36500 -out "$work/$1.pem" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
}

signed() { # FOLDER SIDE NAME FROM TO: by the good authority
    mkdir -p "$1"
    cp "$work/good.pem" "$1/ca-cert.pem"
    key "$1/$2-key.pem"
    openssl req -new -key "$1/$2-key.pem" -subj "/CN=$3" -out "$work/request"
    : > "$work/index"
    printf '[ca]\ndefault_ca=a\n[a]\ndatabase=%s/index\nnew_certs_dir=%s\nrand_serial=yes\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:%s\n' \
        "$work" "$work" "$3" > "$work/config"
    openssl ca -batch -notext -config "$work/config" -extensions e -cert "$work/good.pem" -keyfile "$work/good.key" \
        -startdate "$4" -enddate "$5" -in "$work/request" -out "$1/$2-cert.pem" 2>/dev/null
}

authority good
authority stranger
mkdir -p stranger trust
cp "$work/stranger.pem" stranger/ca-cert.pem
cp "$work/good.pem" trust/ca-cert.pem
signed localhost server localhost 20200101000000Z 21200101000000Z
signed elsewhere server elsewhere.example 20200101000000Z 21200101000000Z
signed expired server localhost 20000101000000Z 20010101000000Z
signed client client client 20200101000000Z 21200101000000Z
