from __future__ import annotations

from django.urls import path

from .views import bulk as order_bulk
from .views import listing as order_list
from .views import notes as order_notes
from .views import order as order_page
from .views import stores

app_name = "orders"
urlpatterns = [
    path("orders/", order_list.orders, name="orders"),
    path("orders/columns/", order_list.order_columns, name="order_columns"),
    path("orders/own-views/", order_list.own_view_keeping, name="own_view_keeping"),
    path("orders/own-views/removal/", order_list.own_view_removal, name="own_view_removal"),
    path("orders/own-views/counts/", order_list.order_tab_counts, name="order_tab_counts"),
    path("orders/export.csv", order_list.orders_export, name="orders_export"),
    path("orders/<int:pk>/", order_page.order, name="order"),
    path("orders/<int:pk>/customer/", order_page.order_customer, name="order_customer"),
    path("orders/<int:pk>/promise/", order_page.order_promise, name="order_promise"),
    path("orders/bulk/", order_bulk.bulk, name="bulk"),
    path("orders/bulk/matching/", order_bulk.bulk_matching, name="bulk_matching"),
    path("orders/bulk/applying/", order_bulk.bulk_applying, name="bulk_applying"),
    path("orders/bulk/<int:pk>/", order_bulk.bulk_edit, name="bulk_edit"),
    path("orders/bulk/<int:pk>/left-out/", order_bulk.bulk_left_out, name="bulk_left_out"),
    path("orders/bulk/<int:pk>/undo/", order_bulk.bulk_undo, name="bulk_undo"),
    path("orders/<int:pk>/comments/", order_notes.order_comments, name="order_comments"),
    path(
        "orders/<int:pk>/comments/<int:comment_pk>/withdrawal/",
        order_notes.order_comment_withdrawal,
        name="order_comment_withdrawal",
    ),
    path("orders/<int:pk>/files/", order_notes.order_files, name="order_files"),
    path("orders/<int:pk>/files/<int:file_pk>/", order_notes.order_file, name="order_file"),
    path(
        "orders/<int:pk>/files/<int:file_pk>/withdrawal/",
        order_notes.order_file_withdrawal,
        name="order_file_withdrawal",
    ),
    path("aliexpress-orders/<int:pk>/", order_page.supplier_order, name="supplier_order"),
    path("stores/", stores.stores, name="stores"),
    path("stores/first/", stores.first_store, name="first_store"),
    path("stores/<int:pk>/", stores.store, name="store"),
    path("buyer-accounts/", stores.buyer_accounts, name="buyer_accounts"),
    path("buyer-accounts/first/", stores.first_buyer_account, name="first_buyer_account"),
    path("buyer-accounts/<int:pk>/", stores.buyer_account, name="buyer_account"),
    path("buyer-accounts/<int:pk>/alipay/", stores.alipay, name="alipay"),
]
