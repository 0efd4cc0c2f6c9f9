"""Who asks: a person by a signed token, an application by a key or a certificate, or a person through an application.

`credentials` reads what a request shows, `identify` makes one principal of it. `tokens` checks a person's JWT with the
keys of a `key_source`: local ones, or those of a provider found by `discovery`. `application_keys` and `certificates`
check what an application shows against the registered `applications`. A `passport` tells another exchange who asks, and
`passport_control` checks those of others. `pairs` makes the secret that two exchanges share of their `exchange_keys`.

    Exception
    ├── Unidentified                    (federation.errors) refused; the client sees its code and sentence
    │   └── KeyAbsent                   by the keys at hand; newer ones may say more
    ├── KeyFileError                    (federation.keys) a key set, a bundle of CAs or the list can't be used
    │   └── ApplicationsRefusedError    with every mistake of the list and its line
    ├── SignInError                     a sign-in on the pages that is not to be trusted
    ├── ProviderError                   the identity provider can't be asked, or may not be trusted
    ├── FullError                       more passports are shown than can be remembered; never leaves the room
    └── ValueError
        ├── NotAKeySetError
        ├── NotAPairError               two exchanges that can share no secret
        ├── NotAHashError
        └── NotAnApplicationIdError
"""

from __future__ import annotations

from federation.identity.application import Application
from federation.identity.application_keys import ApplicationKeys, NotAnApplicationIdError, new_application_key
from federation.identity.applications import APPLICATIONS_FILE, Applications
from federation.identity.certificates import Certificates
from federation.identity.credentials import Credentials, read_credentials
from federation.identity.discovery import DiscoveredKeys, ProviderError
from federation.identity.envoy import Envoy
from federation.identity.exchange_key_files import ExchangeKeyFile
from federation.identity.exchange_keys import ExchangeKeys
from federation.identity.identify import Callers, Identity, anonymous_of
from federation.identity.key_source import ALGORITHMS, KeyAbsent, KeySource, LocalKeys
from federation.identity.pairs import NotAPairError, read_pair_key
from federation.identity.passport import Passport, PassportOffice, Reference
from federation.identity.passport_control import PassportControl
from federation.identity.read_applications import ApplicationsRefusedError
from federation.identity.sign_in import Client, SignIn, SignInError
from federation.identity.tokens import Tokens

__all__ = [
    "ALGORITHMS",
    "APPLICATIONS_FILE",
    "Application",
    "ApplicationKeys",
    "Applications",
    "ApplicationsRefusedError",
    "Callers",
    "Certificates",
    "Client",
    "Credentials",
    "DiscoveredKeys",
    "Envoy",
    "ExchangeKeyFile",
    "ExchangeKeys",
    "Identity",
    "KeyAbsent",
    "KeySource",
    "LocalKeys",
    "NotAPairError",
    "NotAnApplicationIdError",
    "Passport",
    "PassportControl",
    "PassportOffice",
    "ProviderError",
    "Reference",
    "SignIn",
    "SignInError",
    "Tokens",
    "anonymous_of",
    "new_application_key",
    "read_credentials",
    "read_pair_key",
]
