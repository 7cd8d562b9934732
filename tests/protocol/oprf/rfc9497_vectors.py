"""RFC 9497 appendix A.1.2: VOPRF mode over ristretto255-SHA512, the numbers written out."""

from dataclasses import dataclass

from protocol.oprf.group import Element, Scalar, decode_element, decode_scalar

SEED = bytes.fromhex("a3" * 32)
KEY_INFO = b"test key"
SECRET = decode_scalar(
    bytes.fromhex("e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909")
)
PUBLIC = decode_element(
    bytes.fromhex("c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e")
)

_INPUT = "5a" * 17
_BLIND = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"
_NONCE = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e"
_FIRST_BLINDED = "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"
_FIRST_EVALUATED = "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"
_FIRST_OUTPUT = (
    "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
    "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
)
_SECOND_OUTPUT = (
    "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
    "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
)


@dataclass(frozen=True)
class Vector:
    """One vector of the appendix: as many inputs as its batch has."""

    inputs: tuple[bytes, ...]
    blinds: tuple[Scalar, ...]
    blinded_elements: tuple[Element, ...]
    evaluated_elements: tuple[Element, ...]
    proof: bytes
    nonce: Scalar
    outputs: tuple[bytes, ...]


def _vector(
    inputs: list[str],
    blinds: list[str],
    blinded: list[str],
    evaluated: list[str],
    proof: str,
    nonce: str,
    outputs: list[str],
) -> Vector:
    return Vector(
        tuple(map(bytes.fromhex, inputs)),
        tuple(decode_scalar(bytes.fromhex(text)) for text in blinds),
        tuple(decode_element(bytes.fromhex(text)) for text in blinded),
        tuple(decode_element(bytes.fromhex(text)) for text in evaluated),
        bytes.fromhex(proof),
        decode_scalar(bytes.fromhex(nonce)),
        tuple(map(bytes.fromhex, outputs)),
    )


ONE_BYTE = _vector(
    ["00"],
    [_BLIND],
    [_FIRST_BLINDED],
    [_FIRST_EVALUATED],
    "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
    "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
    _NONCE,
    [_FIRST_OUTPUT],
)

SEVENTEEN_BYTES = _vector(
    [_INPUT],
    [_BLIND],
    ["cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"],
    ["60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"],
    "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
    "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
    _NONCE,
    [_SECOND_OUTPUT],
)

BATCH_OF_TWO = _vector(
    ["00", _INPUT],
    [_BLIND, _NONCE],
    [_FIRST_BLINDED, "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654"],
    [_FIRST_EVALUATED, "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a"],
    "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
    "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
    "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
    [_FIRST_OUTPUT, _SECOND_OUTPUT],
)

VECTORS = {"one byte": ONE_BYTE, "17 bytes": SEVENTEEN_BYTES, "batch of two": BATCH_OF_TWO}
