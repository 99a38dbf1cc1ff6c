//! The kind of failure that an exception's own words tell.

use crate::{Category, Whose};

/// Category of an exception by its type and message; `None` if they do not tell.
pub(super) fn exception(text: &str) -> Option<(Category, Whose)> {
    TABLE
        .iter()
        .find(|(words, _, _)| words.iter().any(|word| text.contains(word)))
        .map(|(_, category, whose)| (*category, *whose))
}

type Row = (&'static [&'static str], Category, Whose);

/// Words, most telling first.
const TABLE: &[Row] = &[
    (
        &["No space left on device", "ENOSPC", "Disk quota exceeded"],
        Category::Disk,
        Whose::Infra,
    ),
    (
        &[
            "MemoryError",
            "OutOfMemoryError",
            "OutOfMemoryException",
            "out of memory",
            "Cannot allocate memory",
            "heap out of memory",
        ],
        Category::Oom,
        Whose::Infra,
    ),
    (
        &["Cannot find module '/", "Cannot find module \"/"],
        Category::Config,
        Whose::Code,
    ),
    (
        &["Cannot find module '.", "Cannot find module \"."],
        Category::Compile,
        Whose::Code,
    ),
    (
        &[
            "ModuleNotFoundError",
            "No module named",
            "Cannot find module",
            "Cannot find package",
            "cannot load such file",
            "ClassNotFoundException",
            "ERR_MODULE_NOT_FOUND",
        ],
        Category::Dependency,
        Whose::Code,
    ),
    (
        &["SyntaxError", "IndentationError", "TabError", "ParseError"],
        Category::Compile,
        Whose::Code,
    ),
    (
        &[
            "NameResolutionError",
            "getaddrinfo",
            "Name or service not known",
            "Temporary failure in name resolution",
            "UnknownHostException",
            "ConnectionRefusedError",
            "ConnectionResetError",
            "ConnectionError",
            "ConnectTimeout",
            "ReadTimeout",
            "NewConnectionError",
            "MaxRetryError",
            "Connection refused",
            "Connection reset",
            "ECONNREFUSED",
            "ECONNRESET",
            "ETIMEDOUT",
            "ENOTFOUND",
            "EAI_AGAIN",
            "SSLError",
            "CERTIFICATE_VERIFY_FAILED",
            "SSLHandshakeException",
            "ConnectException",
            "SocketTimeoutException",
            "URLError",
            "Could not resolve host",
            "connection timed out",
            "Connection timed out",
            "socket hang up",
            "no such host",
            "502 Server Error",
            "503 Server Error",
            "504 Server Error",
            "Bad Gateway",
            "Service Unavailable",
            "Gateway Time",
        ],
        Category::Network,
        Whose::External,
    ),
    (
        &[
            "401 Client Error",
            "403 Client Error",
            "Unauthorized",
            "AuthenticationError",
            "AccessDenied",
            "NoCredentialsError",
            "HTTP Error 401",
            "HTTP Error 403",
            "password authentication failed",
            "Access denied for user",
        ],
        Category::Auth,
        Whose::Config,
    ),
    (
        &[
            "FileNotFoundError",
            "FileNotFoundException",
            "NoSuchFileException",
            "ENOENT",
            "PermissionError",
            "EACCES",
            "No such file or directory",
            "Permission denied",
            "environment variable",
            "os.environ",
        ],
        Category::Config,
        Whose::Config,
    ),
    (
        &[
            "TimeoutError",
            "TimeoutExpired",
            "TimeoutException",
            "Timeout:",
        ],
        Category::Timeout,
        Whose::Unknown,
    ),
    (
        &[
            "AssertionError",
            "AssertionFailedError",
            "ComparisonFailure",
        ],
        Category::Test,
        Whose::Code,
    ),
];
