"""libcurl: many hosts, addresses checked as they are connected to, HTTP/1.1 as well as HTTP/2."""
