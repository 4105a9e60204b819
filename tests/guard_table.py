"""What the address guard says of URLs: our own table, told by the verdict and by why.

Lines hold URLs, a comment above says what they have in common. Texts that no line can
hold stand apart, as Python spells them.
"""

# This machine, its neighbours, and every address that is nobody's server on the internet.
PRIVATE = """
# loopback: 127/8 whole, and each notation of inet_aton
http://127.0.0.1/ http://127.0.0.2/ http://127.255.255.254/ http://127.1/ http://127.0.1/
http://127.0.0.1./ http://2130706433/ http://2130706433./ http://0x7f000001/ http://0X7F000001/
http://0x7f.1/ http://0x7f.0.0.1/ http://0177.0.0.1/ http://0177.1/ http://017700000001/
http://0000177.0.0.1/ http://127.0x1/ http://127.0.01/ http://127.000.000.001/ http://0x7f.0x1/
http://00000000000000000177.0x0000000000000000001/
# loopback: other scripts' digits, dots and letters
http://１２７.０.０.１/ http://127。0。0。1/ http://127．0．0．1/ http://127｡0｡0｡1/ http://①②⑦.⓪.⓪.①/
http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/ http://０ｘ７ｆ.1/ http://²¹³⁰⁷⁰⁶⁴³³/
# loopback: names
http://localhost/ http://LOCALHOST/ http://LocalHost./ http://a.localhost/ http://a.b.localhost./
http://ｌｏｃａｌｈｏｓｔ/ http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ http://localhost:8080/ https://localhost:443/x?y=z
# loopback: IPv6, plain and with an IPv4 address inside
http://[::1]/ http://[0:0:0:0:0:0:0:1]/ http://[0000::0001]/ http://[::0:1]/ http://[::0.0.0.1]/
http://[::ffff:127.0.0.1]/ http://[::FFFF:7f00:1]/ http://[0:0:0:0:0:ffff:7f00:0001]/
http://[::ffff:0:127.0.0.1]/ http://[::127.0.0.1]/ http://[::7f00:1]/
# unspecified, "this network" and broadcast
http://0/ http://0.0.0.0/ http://00.0x0/ http://0.1.2.3/ http://[::]/ http://[0::0]/
http://[::ffff:0.0.0.0]/ http://255.255.255.255/ http://4294967295/ http://0xffffffff/
http://[::ffff:255.255.255.255]/
# private (RFC 1918)
http://10.0.0.1/ http://10.255.255.255/ http://10.1/ http://167772161/ http://0xa.1/ http://012.1/
http://172.16.0.1/ http://172.31.255.255/ http://0xac100001/ http://172.1048577/
http://192.168.0.1/ http://192.168.1/ http://3232235777/ http://0300.0250.1.1/ http://192.168.257/
http://[::ffff:10.0.0.1]/ http://[::ffff:192.168.1.1]/ http://[::ffff:ac10:1]/ http://[::10.0.0.1]/
# shared by carriers (CGNAT)
http://100.64.0.1/ http://100.127.255.255/ http://0x64400001/ http://[::ffff:100.64.0.1]/
# link-local
http://169.254.0.1/ http://169.254.255.255/ http://[fe80::1]/ http://[febf::1]/ http://[FE80::A:B]/
# translated and tunnelled: NAT64, 6to4, Teredo, IPv4-translated
http://[64:ff9b::127.0.0.1]/ http://[64:ff9b::a00:1]/ http://[64:ff9b::8.8.8.8]/
http://[64:ff9b:1::7f00:1]/ http://[64:ff9b:1:7f00:0:100::]/ http://[64:ff9b:1:ffff::1]/
http://[2002:7f00:1::]/ http://[2002:a00:1::1]/ http://[2002:808:808::]/
http://[2001::1]/ http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/ http://[::ffff:0:a00:1]/
# site-local, unique local, discard, segment routing, not yet given out
http://[fec0::1]/ http://[feff::1]/ http://[fc00::1]/ http://[fd00::1]/ http://[fdff:ffff::1]/
http://[100::1]/ http://[100:0:0:1::1]/ http://[5f00::1]/ http://[4000::1]/ http://[e000::1]/
# multicast and reserved
http://224.0.0.1/ http://239.255.255.255/ http://[ff02::1]/ http://[ff0e::1]/ http://[::ffff:e000:1]/
http://240.0.0.1/ http://254.255.255.255/ http://0xf0000001/
# documentation, benchmarks, protocol assignments, anycast relays, AS112
http://192.0.2.1/ http://198.51.100.7/ http://203.0.113.9/ http://[2001:db8::1]/ http://[3fff::1]/
http://198.18.0.1/ http://198.19.255.255/ http://[2001:2::1]/ http://192.0.0.1/ http://192.0.0.170/
http://192.88.99.1/ http://192.31.196.1/ http://192.52.193.1/ http://192.175.48.1/
http://[2001:10::1]/ http://[2001:20::1]/ http://[2620:4f:8000::1]/
"""

# Where clouds hand out credentials: closed under an exception for everything too.
METADATA = """
http://169.254.169.254/latest/meta-data/iam/ http://169.254.169.254:80/ http://169.254.169.254./
http://2852039166/ http://0xa9fea9fe/ http://0xA9.0xFE.0xA9.0xFE/ http://0251.0376.0251.0376/
http://169.254.43518/ http://169.16689662/ http://１６９.２５４.１６９.２５４/ http://169。254。169。254/
http://169.254.170.2/v2/credentials/ http://169.254.0.23/
http://[::ffff:169.254.169.254]/ http://[::ffff:a9fe:a9fe]/ http://[::169.254.169.254]/
http://[::ffff:0:169.254.169.254]/ http://[64:ff9b::169.254.169.254]/ http://[64:ff9b:1::a9fe:a9fe]/
http://[64:ff9b:1:a9fe:a9:fe00::]/ http://[2002:a9fe:a9fe::1]/ http://[fe80::a9fe:a9fe]/
http://[2001:0:a9fe:a9fe:8000:63bf:80ff:fffe]/ http://[2001:0:4136:e378:8000:63bf:5601:5601]/
http://[fd00:ec2::254]/ http://[fd00:0ec2:0:0:0:0:0:254]/ http://[fd20:ce::254]/
http://[fd00:c1::a9fe:a9fe]/ http://[fd00:42::42]/
http://100.100.100.200/ http://[::ffff:100.100.100.200]/ http://1684301000/
http://192.0.0.192/ http://3221225664/ http://168.63.129.16/ http://[::ffff:168.63.129.16]/
http://metadata.google.internal/ http://METADATA.google.internal./computeMetadata/v1/
http://ｍetadata.google.internal/ http://metadata.goog/
"""

GATE = """
# schemes
ftp://example.com/ file:///etc/passwd gopher://example.com/ dict://example.com:80/ ws://example.com/
unix:///run/redis.sock ldap://example.com/ tftp://example.com/ jar://example.com/ sftp://example.com/
netdoc://example.com/ httpx://example.com/ redis://example.com:443/ blob://example.com/
# ports
http://example.com:22/ http://example.com:25/ http://example.com:6379/ https://example.com:5432/
http://example.com:1/ http://example.com:65535/ http://example.com:81/ http://8.8.8.8:11211/
"""

INVALID = """
# no scheme, no host
example.com //example.com/ /hook http: http:// http:/// http:/example.com http:example.com
http://?x http://#x http://:80/ javascript:alert(1) data:text/html,x mailto:a@b.example
# somebody before the host
http://a@example.com/ http://a:b@example.com/ http://example.com@127.0.0.1/ http://@127.0.0.1/
http://example.com:80@127.0.0.1/ http://127.0.0.1@example.com/ http://a@b@127.0.0.1/
http://example.com%40127.0.0.1/ http://example.com:@127.0.0.1/
# backslashes
http:\\\\127.0.0.1/ http://example.com\\@127.0.0.1/ http://127.0.0.1\\.example.com/
http:/\\127.0.0.1/ http://example.com\\.127.0.0.1/ http://example.com/\\..
# ports that are none
http://example.com:/ http://example.com:0/ http://example.com:65536/ http://example.com:000080/
http://example.com:+80/ http://example.com:-1/ http://example.com:80:80/ http://example.com:٨٠/
http://example.com:８０/ http://example.com:0x50/ http://example.com:80a/
# addresses that are none: too many parts, too large, wrong digits
http://1.2.3.4.5/ http://256.0.0.1/ http://127.0.0.256/ http://4294967296/ http://127.16777216/
http://0x100000000/ http://08/ http://127.0.0.09/ http://0x/ http://1..1/ http://.127.0.0.1/
http://127.0.0.1../ http://a.1/ http://example.0x7f/
# brackets
http://[::1/ http://::1/ http://[127.0.0.1]/ http://[]/ http://[::1]x/ http://[::g]/ http://[:::1]/
http://[v1.a]/ http://[1::2::3]/ http://[::ffff:127.1]/ http://[::1].example.com/ http://x[::1]/
# zones
http://[fe80::1%25eth0]/ http://[::1%25lo]/ http://[::1%lo]/ http://[2606:4700::1111%251]/
# percent signs and empty labels in the host
http://%31%32%37.0.0.1/ http://127.0.0.1%2f@example.com/ http://%6cocalhost/ http://127.0.0.1%00/
http://example.com%2f.evil.example/ http://a..example.com/ http://.example.com/ http://example.com../
http://exa*mple.com/ http://example.com;a/ http://exa_mple!.com/ http://<x>/
"""

# Spaces, control characters, halves of letters and letters that change direction.
UNSPEAKABLE = (
    "",
    " http://example.com/",
    "http://example.com/ ",
    "http://exa mple.com/",
    "http://example.com\t/",
    "http://127.0.0.1\t.example.com/",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://example.com/\n",
    "http://example.com\n@127.0.0.1/",
    "http://example.com/\x00",
    "http://127.0.0.1\x00.example.com/",
    "http://example.com/\x7f",
    "http://example.com/\x85",
    "http://example.com/a\u00a0b",
    "http://example.com/\u2028",
    "http://example.com/\ud800",
    "http://\u202eexample.com/",
    "http://exam\u200dple.com/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 127 + "example/",
)

ALLOWED = """
https://example.com/ HTTP://EXAMPLE.COM:80/x http://example.com:8080 https://example.com:8443/?a=b#c
https://example.com./ https://a-b_c.example.com/ https://مثال.إختبار/خطاف https://xn--mgbh0fb.xn--kgbechtv/
http://8.8.8.8/ http://134744072/ http://0x08080808/ http://010.8.8.8/ http://1.1/ http://１.１.１.１/
http://9.255.255.255/ http://11.0.0.0/ http://100.63.255.255/ http://100.128.0.0/ http://126.255.255.255/
http://128.0.0.1/ http://169.253.255.255/ http://169.255.0.0/ http://172.15.255.255/ http://172.32.0.0/
http://192.0.1.1/ http://192.167.255.255/ http://192.169.0.0/ http://198.17.255.255/ http://198.20.0.0/
http://223.255.255.255/ http://[2606:4700::1111]/ http://[2a00:1450::1]:8080/ http://[::ffff:8.8.8.8]/
http://[2001:200::1]/ https://localhost.example.com/ https://notlocalhost/ https://127.0.0.1.example.com/
https://10.example/ https://example.com/?u=http://127.0.0.1/ https://example.com/@127.0.0.1
https://example.com/#@127.0.0.1 https://metadata.google.internal.example.com/
"""


def urls(lines: str) -> list[str]:
    """The URLs of a part of the table, without its comments."""
    return [url for line in lines.splitlines() if line[:1] != "#" for url in line.split()]
