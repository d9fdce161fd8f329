#!/usr/bin/env python3
"""Writes a BERT sentence-embedding model (safetensors, vocab.txt, config.json) as one GGUF file in F32 or Q8_0.

Usage: convert_minilm.py MODEL_DIR OUTPUT.gguf [f32|q8_0]

Standard library only, and the same input gives the same bytes: the result has a pinned SHA-256. In F32 weights are copied as
they are, so nothing is lost against the original. In Q8_0 matrices become 8-bit integers with a scale for every 32: a quarter
of the size, two to three times as fast (docs/adr/0023-embedders-of-the-semantic-cache.md): the default model. Layout: the
GGUF specification, version 3. Names, token form and metadata keys are what llama.cpp's loader expects for architecture "bert".
"""
import array
import json
import re
import struct
import sys
from pathlib import Path

ALIGNMENT = 32
GGUF_VERSION = 3
# GGUF value types and ggml tensor type.
U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
GGML_TYPE_F32, GGML_TYPE_Q8_0 = 0, 8
FILE_TYPES = {"f32": 0, "q8_0": 7}
Q8_BLOCK = 32
# Small, and added to others rather than multiplied: they stay as they are.
ALWAYS_F32 = {"token_types.weight", "position_embd.weight"}
POOLING_MEAN = 1
TOKEN_NORMAL, TOKEN_CONTROL = 1, 3

TENSORS = {
    "embeddings.word_embeddings": "token_embd",
    "embeddings.token_type_embeddings": "token_types",
    "embeddings.position_embeddings": "position_embd",
    "embeddings.LayerNorm": "token_embd_norm",
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
# The sentence embedding is the mean of the last layer: BERT's own pooler and the stored 0..511 take no part.
UNUSED = {"embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"}


def gguf_name(name):
    """encoder.layer.3.output.dense.bias -> blk.3.ffn_down.bias"""
    stem, _, kind = name.rpartition(".")
    layer = re.fullmatch(r"encoder\.layer\.(\d+)\.(.+)", stem)
    if layer:
        return f"blk.{layer[1]}.{TENSORS[layer[2]]}.{kind}"
    return f"{TENSORS[stem]}.{kind}"


def read_safetensors(path):
    """Yields (name, shape, bytes) in the file's own order of names; shape is row-major, outermost first."""
    data = path.read_bytes()
    (header_bytes,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + header_bytes])
    header.pop("__metadata__", None)
    for name, entry in sorted(header.items()):
        if name in UNUSED:
            continue
        if entry["dtype"] != "F32":
            raise SystemExit(f"{path}: {name} is {entry['dtype']}, expected F32")
        begin, end = (8 + header_bytes + offset for offset in entry["data_offsets"])
        yield name, entry["shape"], data[begin:end]


def text(value):
    raw = value.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def value(kind, content):
    if kind == STRING:
        return text(content)
    return struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], content)


def pair(key, kind, content, item_kind=None):
    if kind != ARRAY:
        return text(key) + struct.pack("<I", kind) + value(kind, content)
    head = text(key) + struct.pack("<IIQ", ARRAY, item_kind, len(content))
    return head + b"".join(value(item_kind, item) for item in content)


def wordpiece_text(token, special):
    """A piece that starts a word is marked by U+2581; one that continues it loses its '##'."""
    if special:
        return token
    return token[2:] if token.startswith("##") else "\u2581" + token


def metadata(model_dir, weights):
    config = json.loads((model_dir / "config.json").read_text("utf-8"))
    pooling = json.loads((model_dir / "1_Pooling" / "config.json").read_text("utf-8"))
    if config["model_type"] != "bert" or config["hidden_act"] != "gelu" or not pooling["pooling_mode_mean_tokens"]:
        raise SystemExit(f"{model_dir}: not a mean-pooled BERT with GELU")
    tokens = (model_dir / "vocab.txt").read_text("utf-8").split("\n")
    tokens = tokens[:-1] if tokens[-1] == "" else tokens
    if len(tokens) != config["vocab_size"]:
        raise SystemExit(f"{model_dir}: vocab.txt has {len(tokens)} tokens, config.json says {config['vocab_size']}")
    special = {name: tokens.index(f"[{name}]") for name in ("UNK", "SEP", "PAD", "CLS", "MASK")}
    ids = set(special.values())
    return [
        pair("general.architecture", STRING, "bert"),
        pair("general.type", STRING, "model"),
        pair("general.name", STRING, "all-MiniLM-L6-v2"),
        pair("general.license", STRING, "apache-2.0"),
        pair("general.file_type", U32, FILE_TYPES[weights]),
        pair("bert.block_count", U32, config["num_hidden_layers"]),
        pair("bert.context_length", U32, config["max_position_embeddings"]),
        pair("bert.embedding_length", U32, config["hidden_size"]),
        pair("bert.feed_forward_length", U32, config["intermediate_size"]),
        pair("bert.attention.head_count", U32, config["num_attention_heads"]),
        pair("bert.attention.layer_norm_epsilon", F32, config["layer_norm_eps"]),
        pair("bert.attention.causal", BOOL, False),
        pair("bert.pooling_type", U32, POOLING_MEAN),
        pair("tokenizer.ggml.model", STRING, "bert"),
        pair("tokenizer.ggml.pre", STRING, "default"),
        pair("tokenizer.ggml.token_type_count", U32, config["type_vocab_size"]),
        pair("tokenizer.ggml.tokens", ARRAY, [wordpiece_text(t, i in ids) for i, t in enumerate(tokens)], STRING),
        pair("tokenizer.ggml.token_type", ARRAY,
             [TOKEN_CONTROL if i in ids else TOKEN_NORMAL for i in range(len(tokens))], I32),
        pair("tokenizer.ggml.bos_token_id", U32, special["CLS"]),
        pair("tokenizer.ggml.eos_token_id", U32, special["SEP"]),
        pair("tokenizer.ggml.unknown_token_id", U32, special["UNK"]),
        # Spelt like this in the format.
        pair("tokenizer.ggml.seperator_token_id", U32, special["SEP"]),
        pair("tokenizer.ggml.padding_token_id", U32, special["PAD"]),
        pair("tokenizer.ggml.cls_token_id", U32, special["CLS"]),
        pair("tokenizer.ggml.mask_token_id", U32, special["MASK"]),
    ]


def padding(size):
    return b"\0" * (-size % ALIGNMENT)


def q8_0(raw):
    """Per block: the scale as float16, then 32 signed bytes."""
    numbers = array.array("f")
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    out = bytearray()
    for begin in range(0, len(numbers), Q8_BLOCK):
        block = numbers[begin:begin + Q8_BLOCK]
        scale = max(max(block), -min(block)) / 127
        out += struct.pack("<e", scale)
        out += array.array("b", [round(x / scale) for x in block] if scale else [0] * Q8_BLOCK).tobytes()
    return bytes(out)


def encoded(name, shape, raw, weights):
    """(ggml type, bytes) of one tensor."""
    if weights == "q8_0" and len(shape) == 2 and name not in ALWAYS_F32 and shape[-1] % Q8_BLOCK == 0:
        return GGML_TYPE_Q8_0, q8_0(raw)
    return GGML_TYPE_F32, raw


def main(model_dir, output, weights):
    pairs = metadata(model_dir, weights)
    tensors = []
    for source, shape, plain in read_safetensors(model_dir / "model.safetensors"):
        name = gguf_name(source)
        tensors.append((name, shape, *encoded(name, shape, plain, weights)))
    head = b"GGUF" + struct.pack("<IQQ", GGUF_VERSION, len(tensors), len(pairs)) + b"".join(pairs)
    offset = 0
    for name, shape, kind, raw in tensors:
        # ggml counts dimensions innermost first.
        head += text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape))
        head += struct.pack("<IQ", kind, offset)
        offset += len(raw) + len(padding(len(raw)))
    with open(output, "wb") as out:
        out.write(head + padding(len(head)))
        for _, _, _, raw in tensors:
            out.write(raw + padding(len(raw)))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ["f32"], ["q8_0"]):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) == 4 else "f32")
