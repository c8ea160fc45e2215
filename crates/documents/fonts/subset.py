"""Make NotoSansSC-Bold-GB2312.ttf: the Bold cut down to GB 2312 and Latin.

Usage: python3 subset.py <package folder of @expo-google-fonts/noto-sans-sc> <output folder>
"""
import shutil
import sys
from pathlib import Path

from fontTools import subset

package, out = Path(sys.argv[1]), Path(sys.argv[2])


def gb2312() -> set[int]:
    points = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    return points


unicodes = gb2312() | set(range(0x20, 0x7F)) | set(range(0xA0, 0x180)) | set(range(0x2010, 0x2040))
unicodes |= {0x2030, 0x20AC, 0x2103, 0x2190, 0x2191, 0x2192, 0x2193, 0x2264, 0x2265, 0x33A1, 0x33A5}
unicodes |= set(range(0xFF01, 0xFF5F))

options = subset.Options()
options.layout_features = ["*"]
options.name_IDs = ["*"]
options.notdef_outline = True
options.glyph_names = False
options.hinting = False
options.recalc_timestamp = False
font = subset.load_font(str(package / "700Bold/NotoSansSC_700Bold.ttf"), options)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=sorted(unicodes))
subsetter.subset(font)
subset.save_font(font, str(out / "NotoSansSC-Bold-GB2312.ttf"), options)
shutil.copyfile(package / "400Regular/NotoSansSC_400Regular.ttf", out / "NotoSansSC-Regular.ttf")
shutil.copyfile(package / "LICENSE_FONT", out / "OFL.txt")
