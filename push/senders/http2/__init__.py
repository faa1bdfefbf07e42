"""HTTP/2 for very many small POSTs to one host, as FCM wants them: what is ready goes out in one write."""
